# boathouse_embed(<module> DIRECTORY <folder>)
#
# Puts every file under <folder> into the module's library, as the table that the module's embedded_files.h declares.
# The folder is looked at again by each build, so files that another tool made a moment ago are in; without the folder
# the table is empty. The namespace is the one of the module's last folder (surfaces/web: boathouse::web).
function(boathouse_embed module)
  cmake_parse_arguments(arg "" "DIRECTORY" "" ${ARGN})
  string(REPLACE "/" "_" name ${module})
  get_filename_component(namespace ${module} NAME)
  set(assembler ${CMAKE_BINARY_DIR}/embedded/${name}.S)
  set(table ${CMAKE_BINARY_DIR}/embedded/${name}.cc)
  find_program(BOATHOUSE_PYTHON NAMES python3 REQUIRED)

  # An output that is never made: its users run in every build, and write only what changed.
  set(always ${CMAKE_BINARY_DIR}/embedded/always)
  set_source_files_properties(${always} PROPERTIES SYMBOLIC TRUE)
  add_custom_command(OUTPUT ${always} COMMAND ${CMAKE_COMMAND} -E true)
  add_custom_command(
    OUTPUT ${assembler} ${table}
    COMMAND
      ${BOATHOUSE_PYTHON} ${CMAKE_SOURCE_DIR}/tools/embed.py --directory ${arg_DIRECTORY} --namespace ${namespace}
      --header ${module}/embedded_files.h --assembler ${assembler} --table ${table}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed.py ${always}
    COMMENT "Embedding the files of ${arg_DIRECTORY}"
    VERBATIM
  )
  add_library(boathouse_embedded_${name} OBJECT ${assembler} ${table})
  target_link_libraries(boathouse_embedded_${name} PRIVATE boathouse_flags)
  get_target_property(type boathouse_${name} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    return()
  endif()
  target_sources(boathouse_${name} PRIVATE $<TARGET_OBJECTS:boathouse_embedded_${name}>)
endfunction()
