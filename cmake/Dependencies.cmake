# The foreign libraries, as targets named deps::*. Headers and libraries that no Debian package has come from
# build/deps, which `./do setup` fills (tools/fetch_dependencies.py says from where).

# The real path, so that clones that share the cache share ccache results too.
file(REAL_PATH ${CMAKE_SOURCE_DIR}/build/deps BOATHOUSE_DEPS)
if(NOT EXISTS ${BOATHOUSE_DEPS}/complete)
  message(FATAL_ERROR "The dependencies are not fetched yet: run ./do setup")
endif()
# Another fetch is another folder, with other paths in every compile command.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/build/deps/complete)
add_compile_options(-ffile-prefix-map=${BOATHOUSE_DEPS}/=deps/)

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
add_library(deps::sodium ALIAS PkgConfig::SODIUM)

# An INTERFACE target with one folder of headers.
function(boathouse_headers name folder)
  add_library(deps_${name} INTERFACE)
  add_library(deps::${name} ALIAS deps_${name})
  target_include_directories(deps_${name} SYSTEM INTERFACE ${BOATHOUSE_DEPS}/${folder})
endfunction()

boathouse_headers(boost boost/include)
boathouse_headers(doctest doctest/include)

# A shared library, looked for at run time in lib/ beside the program; boathouse_runtime lays it there.
set_property(GLOBAL PROPERTY BOATHOUSE_RUNTIME_FILES "")
function(boathouse_shared_library name library folder)
  file(GLOB file ${BOATHOUSE_DEPS}/${folder}/lib/${library}.so.*)
  if(NOT file)
    set(file ${BOATHOUSE_DEPS}/${folder}/lib/${library}.so)
  endif()
  add_library(deps_${name} SHARED IMPORTED GLOBAL)
  add_library(deps::${name} ALIAS deps_${name})
  set_target_properties(deps_${name} PROPERTIES IMPORTED_LOCATION ${file})
  target_include_directories(deps_${name} SYSTEM INTERFACE ${BOATHOUSE_DEPS}/${folder}/include)
  set_property(GLOBAL APPEND PROPERTY BOATHOUSE_RUNTIME_FILES ${file})
endfunction()

boathouse_shared_library(arrow libarrow arrow)
boathouse_shared_library(parquet libparquet arrow)
target_link_libraries(deps_parquet INTERFACE deps::arrow)
boathouse_shared_library(duckdb libduckdb duckdb)

# SQLite from its amalgamation: newer than Debian's, with exactly the features that store/sqlite uses. Optimised in every
# build type, because nobody steps through it and all tests go through it.
add_library(deps_sqlite STATIC ${BOATHOUSE_DEPS}/sqlite/sqlite3.c)
add_library(deps::sqlite ALIAS deps_sqlite)
target_include_directories(deps_sqlite SYSTEM PUBLIC ${BOATHOUSE_DEPS}/sqlite)
target_compile_options(deps_sqlite PRIVATE -O2 -g0 -w)
target_compile_definitions(
  deps_sqlite
  PRIVATE
    SQLITE_THREADSAFE=2
    SQLITE_DQS=0
    SQLITE_DEFAULT_MEMSTATUS=0
    SQLITE_LIKE_DOESNT_MATCH_BLOBS
    SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_LOAD_EXTENSION
    SQLITE_OMIT_SHARED_CACHE
    SQLITE_USE_ALLOCA
    SQLITE_ENABLE_FTS5
    SQLITE_ENABLE_MATH_FUNCTIONS
    SQLITE_ENABLE_SNAPSHOT
    SQLITE_ENABLE_STAT4
)
target_link_libraries(deps_sqlite PRIVATE Threads::Threads m)

# build/<preset>/lib: the shared libraries and the DuckDB extensions that the program loads. Links while developing (a
# copy is 200 MB), copies in a release, so that the folder can be carried to another machine.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(lay copy_if_different)
else()
  set(lay create_symlink)
endif()
get_property(runtime_files GLOBAL PROPERTY BOATHOUSE_RUNTIME_FILES)
file(
  GLOB extension_files
  ${BOATHOUSE_DEPS}/duckdb/extensions/*.duckdb_extension
  ${CMAKE_SOURCE_DIR}/build/extensions/*.duckdb_extension
)
set(laid "")
foreach(file IN LISTS runtime_files extension_files)
  get_filename_component(name ${file} NAME)
  if(name MATCHES "duckdb_extension$")
    set(target ${CMAKE_BINARY_DIR}/lib/duckdb_extensions/${name})
  else()
    set(target ${CMAKE_BINARY_DIR}/lib/${name})
  endif()
  get_filename_component(folder ${target} DIRECTORY)
  add_custom_command(
    OUTPUT ${target}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_COMMAND} -E ${lay} ${file} ${target}
    DEPENDS ${file}
    VERBATIM
  )
  list(APPEND laid ${target})
endforeach()
add_custom_target(boathouse_runtime DEPENDS ${laid})
