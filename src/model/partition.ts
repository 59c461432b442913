/**
 * The names in a `partitionName` of the documented form: separated by commas, spaces around a comma dropped. Absent means
 * none. Source: "Request body parameters" (ledger, row 4).
 */
export function partitionNamesIn(partitionName: string | undefined): string[] {
  return partitionName?.split(',').map((name) => name.trim()) ?? []
}
