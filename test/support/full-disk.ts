import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FullDiskReport } from './full-disk-program.ts'

const program = fileURLToPath(new URL('full-disk-program.ts', import.meta.url))

/** Ways to make a disk small, each with what must go well for it to be possible here. */
const means = {
  /** A file system of 8 MiB that nobody else sees: it is truly full (ENOSPC). */
  tmpfs: {
    probe: 'unshare --mount --map-root-user mount -t tmpfs -o size=8m tmpfs "$0"',
    run: 'exec unshare --mount --map-root-user sh -c \'mount -t tmpfs -o size=8m tmpfs "$2" && exec "$0" "$1" "$2" tmpfs\' "$0" "$1" "$2"',
  },
  /** A limit on the size of each file, 2 MiB or 4 by what the shell counts in: the disk answers with an error (EFBIG). */
  limit: {
    probe: 'ulimit -S -f 4096 && command -v prlimit',
    run: 'ulimit -S -f 4096 && exec "$0" "$1" "$2" limit',
  },
} as const

/** Fills the disk below the folder in a process of its own; `undefined` where this machine has not got the means. */
export function fillDisk(folder: string, kind: keyof typeof means): FullDiskReport | undefined {
  const { probe, run } = means[kind]
  if (spawnSync('sh', ['-c', probe, folder], { stdio: 'ignore' }).status !== 0) return undefined
  const done = spawnSync('sh', ['-c', run, process.execPath, program, folder], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`The process that fills the disk failed: ${done.stderr}`)
  return JSON.parse(done.stdout)
}
