# Language level, warnings and hardening: the same for every target of ours.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(BOATHOUSE_WERROR "Treat warnings as errors" ON)
set(BOATHOUSE_SANITIZE "" CACHE STRING "What -fsanitize= is given; empty for none")
option(BOATHOUSE_FUZZ "Build the fuzz targets (clang only)" OFF)

# Everything we build runs from its build folder without environment variables: the libraries stand in lib/ beside it.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/lib")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Clones of the repository share results: paths are taken relative to the clone.
  set(
    launcher
    ${CMAKE_COMMAND}
    -E
    env
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime
    ${CCACHE_PROGRAM}
  )
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# No path of the building machine gets into the binary (Dependencies.cmake does the same for the fetched headers).
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_options(-fstack-protector-strong -fno-omit-frame-pointer)

if(BOATHOUSE_SANITIZE)
  add_compile_options(-fsanitize=${BOATHOUSE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BOATHOUSE_SANITIZE})
endif()

# What our own code is held to. Foreign headers come in as system headers and are not.
add_library(boathouse_warnings INTERFACE)
target_compile_options(
  boathouse_warnings
  INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    -Wno-sign-conversion
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    -Wswitch-enum
    -Wvla
    $<$<BOOL:${BOATHOUSE_WERROR}>:-Werror>
)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely in libstdc++ and Boost once it optimises; the clang builds and ASan stand in for them.
  target_compile_options(
    boathouse_warnings
    INTERFACE
      -Wno-restrict
      -Wno-array-bounds
      -Wno-stringop-overflow
      -Wno-stringop-overread
      -Wno-maybe-uninitialized
      -Wno-free-nonheap-object
  )
else()
  # clang 19 sees libstdc++ 12 use what libstdc++ itself deprecates, and takes designated initializers for mistakes.
  target_compile_options(boathouse_warnings INTERFACE -Wno-deprecated-declarations -Wno-missing-field-initializers)
endif()

add_library(boathouse_flags INTERFACE)
target_compile_definitions(boathouse_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(boathouse_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(boathouse_flags INTERFACE boathouse_warnings)
