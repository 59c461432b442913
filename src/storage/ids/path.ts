/** Paths in storage are made of numbers. */

/** The end of a path: a digit that says how many digits follow the first, and the number. So paths sort as numbers do. */
export function pathEnd(number: number): string {
  const digits = String(number)
  return `/${digits.length - 1}${digits}`
}

/** Returns the numbers of a path, from the organization on. */
export function numbersIn(path: string): number[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => Number(part.slice(1)))
}
