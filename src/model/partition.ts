import { refuse } from './refusal.ts'

/** At most so many partition names for one enablement. */
const partitionNamesMax = 100

/**
 * Reads `partitionName`: names separated by commas, spaces around a comma dropped. A name is letters, digits and
 * hyphens. Absent means none. Refuses with INVALID_PARAM. Source: "Request body parameters" (ledger, row 4).
 */
export function parsePartitionNames(partitionName: string | undefined): string[] {
  if (partitionName === undefined) return []
  const names = partitionName.split(',').map((name) => name.replace(/^ +| +$/g, ''))
  if (names.length > partitionNamesMax || !names.every((name) => /^[A-Za-z0-9-]{1,255}$/.test(name))) {
    throw refuse(
      'INVALID_PARAM',
      `partitionName is invalid: it takes one name or several separated by commas (at most ${partitionNamesMax}), each of letters, digits and hyphens.`,
    )
  }
  return names
}
