/** The built files of the console, in memory: nothing else of the disk can be asked for. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface ConsoleFile {
  readonly type: string
  /** Its name has a hash of its content: it never changes. */
  readonly isHashed: boolean
  /** For both encodings, so that it is a weak one (RFC 9110, section 8.8.3). */
  readonly etag: string
  readonly bytes: Buffer
  /** `undefined` if it would not be smaller. */
  readonly gzipped: Buffer | undefined
}

export interface ConsoleFiles {
  /**
   * Returns the file at a path below `/console/`, and the page itself at a path that no file has. `undefined` for an asset that is
   * gone: a page of an earlier version may ask for one.
   */
  at(path: string): ConsoleFile | undefined
}

const pageName = 'index.html'
const assets = 'assets/'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
}
const anyType = 'application/octet-stream'
const compress = promisify(gzip)

/** Reads the files once they are there; resolves to `undefined` until then. */
export function createConsoleFiles(folder: URL): () => Promise<ConsoleFiles | undefined> {
  let read: Promise<ConsoleFiles | undefined> | undefined
  return async () => {
    read ??= readFiles(fileURLToPath(folder))
    const files = await read
    if (files === undefined) read = undefined
    return files
  }
}

async function readFiles(folder: string): Promise<ConsoleFiles | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(absent)
  const files = new Map<string, ConsoleFile>()
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file).split(path.sep).join('/')
    files.set(name, await toFile(name, await readFile(file)))
  }
  const page = files.get(pageName)
  return page && { at: (asked) => files.get(asked) ?? (asked.startsWith(assets) ? undefined : page) }
}

async function toFile(name: string, bytes: Buffer): Promise<ConsoleFile> {
  const gzipped = await compress(bytes, { level: 9 })
  return {
    type: types[path.extname(name)] ?? anyType,
    isHashed: name.startsWith(assets),
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url')}"`,
    bytes,
    gzipped: gzipped.length < bytes.length ? gzipped : undefined,
  }
}

function absent(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return []
  throw error
}
