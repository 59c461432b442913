// The oldest Node that the service supports. This is plain JavaScript: the program and the library call it before they load
// the rest, which an old Node cannot parse. The client supports older versions.
export const oldestNode = 24

/** Returns a sentence if this Node is too old, otherwise undefined. */
export function whyNotThisNode() {
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) return undefined
  return `Skillkeeper needs Node.js ${oldestNode} or newer; this is ${process.version} (${process.execPath}).`
}

/** Throws if this Node is too old. */
export function requireNode() {
  const reason = whyNotThisNode()
  if (reason !== undefined) throw new Error(reason)
}
