// Which Node the service needs. Plain JavaScript that any Node can read: the program and the library ask it before they
// load the rest, which an old Node could not even read. The client alone asks for less.
export const oldestNode = 24

/** Says in one sentence what is wrong with this Node; undefined where nothing is. */
export function whyNotThisNode() {
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) return undefined
  return `Skillkeeper needs Node.js ${oldestNode} or newer; this is ${process.version} (${process.execPath}).`
}

/** Throws where this Node is too old. */
export function requireNode() {
  const reason = whyNotThisNode()
  if (reason !== undefined) throw new Error(reason)
}
