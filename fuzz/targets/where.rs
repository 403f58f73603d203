#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipflow_fuzz::run("where", data));
