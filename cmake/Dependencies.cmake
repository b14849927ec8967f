# Every library from outside, found once, each under an imported target.
# Where Debian ships no CMake package the target is made here.

set(CMAKE_THREAD_PREFER_PTHREAD ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
# Protobuf comes first and by CMake's own module: Debian ships no config file for it, and gRPC's
# configuration looks for a Protobuf that is already found.
find_package(Protobuf REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
if(ASSAY_GRPC)
  find_package(gRPC CONFIG REQUIRED)
  find_program(ASSAY_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
endif()

# Makes an imported target from a header and a library: target, header, library, and the folder of
# the header below an include path where it has one.
function(assay_import target header library)
  string(MAKE_C_IDENTIFIER "ASSAY_${library}" prefix)
  find_path(${prefix}_INCLUDE_DIR ${header} PATH_SUFFIXES ${ARGN} REQUIRED)
  find_library(${prefix}_LIBRARY ${library} REQUIRED)
  mark_as_advanced(${prefix}_INCLUDE_DIR ${prefix}_LIBRARY)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(
    ${target} PROPERTIES IMPORTED_LOCATION "${${prefix}_LIBRARY}"
                         INTERFACE_INCLUDE_DIRECTORIES "${${prefix}_INCLUDE_DIR}")
endfunction()

assay_import(csv::csv csv.h csv)
assay_import(hiredis::hiredis hiredis/hiredis.h hiredis)
assay_import(libuv::libuv uv.h uv)
assay_import(PostgreSQL::PostgreSQL libpq-fe.h pq postgresql)

find_package(GTest CONFIG QUIET)
find_package(benchmark CONFIG QUIET)
