/// \file
/// OIDs of the built-in types: PostgreSQL's numbers, which every driver knows by heart.
#pragma once

#include "queries/datum.hpp"

namespace forklore {

inline constexpr Oid k_bool = 16;  ///< bool
inline constexpr Oid k_bool_array = 1000;  ///< bool[]
inline constexpr Oid k_bytea = 17;  ///< bytea
inline constexpr Oid k_bytea_array = 1001;  ///< bytea[]
inline constexpr Oid k_char = 18;  ///< char
inline constexpr Oid k_char_array = 1002;  ///< char[]
inline constexpr Oid k_name = 19;  ///< name
inline constexpr Oid k_name_array = 1003;  ///< name[]
inline constexpr Oid k_int8 = 20;  ///< int8
inline constexpr Oid k_int8_array = 1016;  ///< int8[]
inline constexpr Oid k_int2 = 21;  ///< int2
inline constexpr Oid k_int2_array = 1005;  ///< int2[]
inline constexpr Oid k_int2vector = 22;  ///< int2vector
inline constexpr Oid k_int2vector_array = 1006;  ///< int2vector[]
inline constexpr Oid k_int4 = 23;  ///< int4
inline constexpr Oid k_int4_array = 1007;  ///< int4[]
inline constexpr Oid k_regproc = 24;  ///< regproc
inline constexpr Oid k_regproc_array = 1008;  ///< regproc[]
inline constexpr Oid k_text = 25;  ///< text
inline constexpr Oid k_text_array = 1009;  ///< text[]
inline constexpr Oid k_oid = 26;  ///< oid
inline constexpr Oid k_oid_array = 1028;  ///< oid[]
inline constexpr Oid k_tid = 27;  ///< tid
inline constexpr Oid k_tid_array = 1010;  ///< tid[]
inline constexpr Oid k_xid = 28;  ///< xid
inline constexpr Oid k_xid_array = 1011;  ///< xid[]
inline constexpr Oid k_cid = 29;  ///< cid
inline constexpr Oid k_cid_array = 1012;  ///< cid[]
inline constexpr Oid k_oidvector = 30;  ///< oidvector
inline constexpr Oid k_oidvector_array = 1013;  ///< oidvector[]
inline constexpr Oid k_json = 114;  ///< json
inline constexpr Oid k_json_array = 199;  ///< json[]
inline constexpr Oid k_xml = 142;  ///< xml
inline constexpr Oid k_xml_array = 143;  ///< xml[]
inline constexpr Oid k_pg_node_tree = 194;  ///< pg_node_tree
inline constexpr Oid k_cidr = 650;  ///< cidr
inline constexpr Oid k_cidr_array = 651;  ///< cidr[]
inline constexpr Oid k_float4 = 700;  ///< float4
inline constexpr Oid k_float4_array = 1021;  ///< float4[]
inline constexpr Oid k_float8 = 701;  ///< float8
inline constexpr Oid k_float8_array = 1022;  ///< float8[]
inline constexpr Oid k_unknown = 705;  ///< unknown
inline constexpr Oid k_money = 790;  ///< money
inline constexpr Oid k_money_array = 791;  ///< money[]
inline constexpr Oid k_inet = 869;  ///< inet
inline constexpr Oid k_inet_array = 1041;  ///< inet[]
inline constexpr Oid k_aclitem = 1033;  ///< aclitem
inline constexpr Oid k_aclitem_array = 1034;  ///< aclitem[]
inline constexpr Oid k_bpchar = 1042;  ///< bpchar
inline constexpr Oid k_bpchar_array = 1014;  ///< bpchar[]
inline constexpr Oid k_varchar = 1043;  ///< varchar
inline constexpr Oid k_varchar_array = 1015;  ///< varchar[]
inline constexpr Oid k_date = 1082;  ///< date
inline constexpr Oid k_date_array = 1182;  ///< date[]
inline constexpr Oid k_time = 1083;  ///< time
inline constexpr Oid k_time_array = 1183;  ///< time[]
inline constexpr Oid k_timestamp = 1114;  ///< timestamp
inline constexpr Oid k_timestamp_array = 1115;  ///< timestamp[]
inline constexpr Oid k_timestamptz = 1184;  ///< timestamptz
inline constexpr Oid k_timestamptz_array = 1185;  ///< timestamptz[]
inline constexpr Oid k_interval = 1186;  ///< interval
inline constexpr Oid k_interval_array = 1187;  ///< interval[]
inline constexpr Oid k_timetz = 1266;  ///< timetz
inline constexpr Oid k_timetz_array = 1270;  ///< timetz[]
inline constexpr Oid k_bit = 1560;  ///< bit
inline constexpr Oid k_bit_array = 1561;  ///< bit[]
inline constexpr Oid k_varbit = 1562;  ///< varbit
inline constexpr Oid k_varbit_array = 1563;  ///< varbit[]
inline constexpr Oid k_numeric = 1700;  ///< numeric
inline constexpr Oid k_numeric_array = 1231;  ///< numeric[]
inline constexpr Oid k_regprocedure = 2202;  ///< regprocedure
inline constexpr Oid k_regprocedure_array = 2207;  ///< regprocedure[]
inline constexpr Oid k_regoper = 2203;  ///< regoper
inline constexpr Oid k_regoper_array = 2208;  ///< regoper[]
inline constexpr Oid k_regoperator = 2204;  ///< regoperator
inline constexpr Oid k_regoperator_array = 2209;  ///< regoperator[]
inline constexpr Oid k_regclass = 2205;  ///< regclass
inline constexpr Oid k_regclass_array = 2210;  ///< regclass[]
inline constexpr Oid k_regtype = 2206;  ///< regtype
inline constexpr Oid k_regtype_array = 2211;  ///< regtype[]
inline constexpr Oid k_record = 2249;  ///< record
inline constexpr Oid k_record_array = 2287;  ///< record[]
inline constexpr Oid k_cstring = 2275;  ///< cstring
inline constexpr Oid k_cstring_array = 1263;  ///< cstring[]
inline constexpr Oid k_any = 2276;  ///< any
inline constexpr Oid k_any_array = 2277;  ///< anyarray
inline constexpr Oid k_void = 2278;  ///< void
inline constexpr Oid k_trigger = 2279;  ///< trigger
inline constexpr Oid k_internal = 2281;  ///< internal
inline constexpr Oid k_any_element = 2283;  ///< anyelement
inline constexpr Oid k_any_non_array = 2776;  ///< anynonarray
inline constexpr Oid k_uuid = 2950;  ///< uuid
inline constexpr Oid k_uuid_array = 2951;  ///< uuid[]
inline constexpr Oid k_pg_lsn = 3220;  ///< pg_lsn
inline constexpr Oid k_pg_lsn_array = 3221;  ///< pg_lsn[]
inline constexpr Oid k_any_enum = 3500;  ///< anyenum
inline constexpr Oid k_jsonb = 3802;  ///< jsonb
inline constexpr Oid k_jsonb_array = 3807;  ///< jsonb[]
inline constexpr Oid k_regnamespace = 4089;  ///< regnamespace
inline constexpr Oid k_regnamespace_array = 4090;  ///< regnamespace[]
inline constexpr Oid k_regrole = 4096;  ///< regrole
inline constexpr Oid k_regrole_array = 4097;  ///< regrole[]
inline constexpr Oid k_xid8 = 5069;  ///< xid8
inline constexpr Oid k_xid8_array = 271;  ///< xid8[]
inline constexpr Oid k_any_compatible = 5077;  ///< anycompatible
inline constexpr Oid k_any_compatible_array = 5078;  ///< anycompatiblearray
inline constexpr Oid k_any_compatible_non_array = 5079;  ///< anycompatiblenonarray

// Not types, but as well known.
inline constexpr Oid k_first_superuser_oid = 10;  ///< the role that init makes
inline constexpr Oid k_first_database_oid = 5;    ///< the database "postgres"

}  // namespace forklore
