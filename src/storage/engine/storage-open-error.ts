/** The storage cannot be opened: in use by another process, of a newer version, full, read-only, or broken. */
export class StorageOpenError extends Error {
  override readonly name: string = 'StorageOpenError'
}

/** A file of the storage is not as it was left. Also thrown while the storage is open, by whatever comes upon it. */
export class StorageDamagedError extends StorageOpenError {
  override readonly name = 'StorageDamagedError'
}
