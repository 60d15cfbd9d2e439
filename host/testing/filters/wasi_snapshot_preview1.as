// The WASI functions the test filters use; the file's name is the import module.
export declare function clock_time_get(clock: i32, precision: i64, out: usize): i32;
export declare function random_get(out: usize, size: usize): i32;
