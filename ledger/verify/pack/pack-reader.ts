/** Random access to a pack: a file on a disk, a `Blob` in a browser, bytes in memory. */
export type PackReader = {
  /** Bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; the caller stays within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>
}
