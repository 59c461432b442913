/** The storage cannot be opened: in use by another process, of a newer version, full, read-only, or broken. */
export class StorageOpenError extends Error {
  override readonly name = 'StorageOpenError'
}
