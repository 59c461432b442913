import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FullDiskReport } from './full-disk-program.ts'

const program = fileURLToPath(new URL('full-disk-program.ts', import.meta.url))

/** Ways to make a disk small, each with what must go well for it to be possible here. */
const means = {
  /** A file system of so many MiB that nobody else sees: it is truly full (ENOSPC). */
  tmpfs: {
    probe: 'unshare --mount --map-root-user mount -t tmpfs -o size=8m tmpfs "$0"',
    run: 'exec unshare --mount --map-root-user sh -c \'mount -t tmpfs -o size="$4"m tmpfs "$2" && exec "$0" "$1" "$2" tmpfs "$3"\' "$0" "$1" "$2" "$3" "$4"',
  },
  /** A limit on the size of each file, 2 MiB or 4 by what the shell counts in: the disk answers with an error (EFBIG). */
  limit: {
    probe: 'ulimit -S -f 4096 && command -v prlimit',
    run: 'ulimit -S -f 4096 && exec "$0" "$1" "$2" limit "$3"',
  },
} as const

/**
 * Fills the disk below the folder in a process of its own; `undefined` where this machine has not got the means.
 * `beside`: `reader` has another connection read for as long as the disk fills, `nobody` has none.
 */
export function fillDisk(
  folder: string,
  kind: keyof typeof means,
  { beside = 'nobody', megabytes = 8 }: { beside?: 'reader' | 'nobody'; megabytes?: number } = {},
): FullDiskReport | undefined {
  const { probe, run } = means[kind]
  if (spawnSync('sh', ['-c', probe, folder], { stdio: 'ignore' }).status !== 0) return undefined
  const args = [process.execPath, program, folder, beside, String(megabytes)]
  const done = spawnSync('sh', ['-c', run, ...args], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`The process that fills the disk failed: ${done.stderr}`)
  return JSON.parse(done.stdout)
}
