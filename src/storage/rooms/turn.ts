/** Waits for the rows, and lets what else waits go first. */
export async function turn<T>(rows: T | Promise<T>): Promise<T> {
  const read = await rows
  await new Promise((resolve) => setImmediate(resolve))
  return read
}
