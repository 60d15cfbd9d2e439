// What sender and receiver must agree on.

/** The `vm_id` of the receiver in envoy.yaml: queues belong to the VMs that have registered them. */
export const RECEIVER = "queue-receiver";
/** The queue. */
export const LINES = "lines";
/** How many lines wait, as far as the sender has to know. */
export const WAITING = "queue.waiting";
