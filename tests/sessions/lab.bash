# What a session's shell knows besides bash itself. The runner sets LAB (this run's folder), SERVER (the chapter's
# program), the array server_arguments and, to replay a session against PostgreSQL, POSTGRES (the folder of its programs).

# server up [ARGUMENT…]    starts the server on $PGDATA and returns when it accepts connections
# server down [MODE]       stops it (fast, smart or immediate) and returns when it has gone
# server gone              returns when it has gone by itself
# server pid               its process id
# server log               what it has logged since the last time
# server await TEXT        returns when it has logged TEXT (since the last `server log`)
# server …                 anything else: the chapter's program itself
server() {
    local verb=${1-}
    case $verb in
        up) server_up "${@:2}" ;;
        down) server_down "${2-fast}" ;;
        gone) server_gone ;;
        pid) echo "$server_pid" ;;
        log)
            local end
            end=$(stat -c %s "$LAB/log")
            tail -c "+$((server_read + 1))" "$LAB/log" | head -c "$((end - server_read))"
            server_read=$end
            ;;
        await)
            until server_said "$2"; do
                # Its last word may have come between the two looks.
                server_runs || server_said "$2" || { echo "the server ended without saying: $2"; return 1; }
                sleep 0.02
            done
            ;;
        *)
            if [[ -n $POSTGRES ]]; then
                "${as_server[@]}" "$POSTGRES/pg_ctl" "$verb" -D "$PGDATA" "${@:2}"
            else
                "$SERVER" "$@"
            fi
            ;;
    esac
}

# await PATTERN COMMAND…: repeats the command until its output matches, and prints that output.
await() {
    local output
    until output=$("${@:2}" 2>&1); [[ $output =~ $1 ]]; do sleep 0.02; done
    printf '%s\n' "$output"
}

server_pid= server_read=0 as_server=()
touch "$LAB/log"

server_said() { tail -c "+$((server_read + 1))" "$LAB/log" | grep -qF -- "$1"; }

server_runs() { [[ -n $server_pid ]] && kill -0 "$server_pid" 2>/dev/null; }

server_gone() { while server_runs; do sleep 0.02; done; }

server_up() {
    ! server_runs || { echo "the server runs already"; return 1; }
    local command start
    start=$(stat -c %s "$LAB/log")
    if [[ -n $POSTGRES ]]; then
        postgres_init || return
        command=("$POSTGRES/postgres" -D "$PGDATA" -p "$PGPORT" -k "$PGHOST" -c listen_addresses=127.0.0.1)
    else
        command=("$SERVER" run --data-dir "$PGDATA" --port "$PGPORT" --socket-dir "$PGHOST")
        # The same addresses everywhere, whatever this machine's localhost is.
        [[ "${server_arguments[*]} $*" == *listen* ]] || command+=(--listen 127.0.0.1)
        ((EUID)) || command+=(--allow-root)
        # One user for all, whoever runs the session.
        [[ -n $(ls -A "$PGDATA") ]] || command+=(--username "$PGUSER" --auth trust)
    fi
    # A shell without job control has its background processes ignore SIGINT; and nothing outlives this shell.
    setpriv --pdeathsig QUIT "${as_server[@]}" env --default-signal=INT,QUIT \
        "${command[@]}" "${server_arguments[@]}" "$@" </dev/null >>"$LAB/log" 2>&1 &
    server_pid=$!
    disown
    until tail -c "+$((start + 1))" "$LAB/log" | grep -qF 'ready to accept connections'; do
        server_runs || { echo "the server did not start:"; server log; return 1; }
        sleep 0.02
    done
}

server_down() {
    local signal
    case $1 in
        smart) signal=TERM ;;
        fast) signal=INT ;;
        immediate) signal=QUIT ;;
        *) echo "server down smart, fast or immediate, not $1"; return 1 ;;
    esac
    server_runs || { echo "no server runs"; return 1; }
    kill -"$signal" "$server_pid"
    server_gone
}

postgres_init() {
    if ((EUID == 0)); then
        as_server=(setpriv --reuid postgres --regid postgres --init-groups)
        chown postgres "$PGDATA" "$PGHOST"
    fi
    [[ -e $PGDATA/PG_VERSION ]] || "${as_server[@]}" "$POSTGRES/initdb" -D "$PGDATA" -U "$PGUSER" -A trust --no-sync \
        >"$LAB/initdb.log" 2>&1 || { cat "$LAB/initdb.log"; return 1; }
}
