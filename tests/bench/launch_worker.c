/* The same as chapters/05-background-workers/worker_lab.cpp's time_launch(), for PostgreSQL: starts a background worker, and says after how many
 * nanoseconds it came to its first instruction. Loaded by shared_preload_libraries. */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

PG_MODULE_MAGIC;

typedef struct
{
	int64		begun_ns;
} LaunchState;

static LaunchState *state;
static shmem_request_hook_type next_request;
static shmem_startup_hook_type next_startup;

PGDLLEXPORT void _PG_init(void);
PGDLLEXPORT void launch_worker_main(Datum argument);
PG_FUNCTION_INFO_V1(time_launch);

static int64
nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64CONST(1000000000) + now.tv_nsec;
}

static void
request(void)
{
	if (next_request)
		next_request();
	RequestAddinShmemSpace(sizeof(LaunchState));
}

static void
startup(void)
{
	bool		found;

	if (next_startup)
		next_startup();
	state = ShmemInitStruct("launch_worker", sizeof(LaunchState), &found);
}

void
_PG_init(void)
{
	next_request = shmem_request_hook;
	shmem_request_hook = request;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

void
launch_worker_main(Datum argument)
{
	state->begun_ns = nanoseconds();
}

Datum
time_launch(PG_FUNCTION_ARGS)
{
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;
	int64		before;

	before = nanoseconds();
	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strcpy(worker.bgw_name, "timed");
	strcpy(worker.bgw_type, "timed");
	strcpy(worker.bgw_library_name, "launch_worker");
	strcpy(worker.bgw_function_name, "launch_worker_main");
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR, (errmsg("no slot")));
	WaitForBackgroundWorkerShutdown(handle);
	PG_RETURN_INT64(state->begun_ns - before);
}
