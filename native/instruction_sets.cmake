# One translation unit per instruction set, told by the file's name: *_avx2.cpp, *_avx512.cpp.
function(set_instruction_sets)
  foreach(source ${ARGN})
    if(source MATCHES "_avx2\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-mpopcnt;-mbmi;-mbmi2;-mf16c;-mlzcnt")
    elseif(source MATCHES "_avx512bf16\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-march=x86-64-v4;-mavx512vnni;-mavx512bf16;-mprefer-vector-width=512")
    elseif(source MATCHES "_avx512\\.cpp$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-march=x86-64-v4;-mavx512vpopcntdq;-mavx512bitalg;-mavx512vnni;-mavx512vbmi;-mprefer-vector-width=512")
    endif()
  endforeach()
endfunction()
