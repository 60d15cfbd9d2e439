// AssemblyScript: the part of WASI that the probe uses; the file's name is the import module.
export declare function environ_sizes_get(countOut: usize, sizeOut: usize): i32;
export declare function environ_get(addresses: usize, buffer: usize): i32;
