/** How much memory a process holds once all garbage is gone, in bytes. */
export interface Memory {
  /** Of objects, and of buffers outside of the heap. */
  readonly heap: number
  readonly buffers: number
  /** What the operating system counts. */
  readonly resident: number
}

/** What a server is asked: to measure, and to write a heap snapshot to a file before. */
export interface MeterRequest {
  readonly snapshot?: string
}
