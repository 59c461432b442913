/** Whether what is kept in memory still counts. Reads the clock only where something gets stale, since each request asks this some times. */
export function isFresh({ until }: { readonly until: number }, now: () => number): boolean {
  return until === Number.POSITIVE_INFINITY || until > now()
}
