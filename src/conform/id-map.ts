/** Maps the values that the upstream made for itself, such as page tokens, to those of Skillkeeper. */

/** Beyond it the oldest is forgotten. */
const idsMax = 100_000

export class IdMap {
  readonly #own = new Map<string, string>()

  has(theirs: string): boolean {
    return this.#own.has(theirs)
  }

  /** The text itself unless it stands for another. */
  ownOf(theirs: string): string {
    return this.#own.get(theirs) ?? theirs
  }

  learn(theirs: string, own: string): void {
    this.#own.delete(theirs)
    this.#own.set(theirs, own)
    const [oldest] = this.#own.keys()
    if (this.#own.size > idsMax && oldest !== undefined) this.#own.delete(oldest)
  }

  /** The path with what stands for others in its segments and its query. */
  ownPath(path: string): string {
    const [before = '', ...queries] = path.split('?')
    const segments = before.split('/').map((segment) => this.#ownPart(segment))
    if (queries.length === 0) return segments.join('/')
    const pairs = queries
      .join('?')
      .split('&')
      .map((pair) => {
        const [name = '', ...values] = pair.split('=')
        return values.length === 0 ? name : `${name}=${this.#ownPart(values.join('='))}`
      })
    return `${segments.join('/')}?${pairs.join('&')}`
  }

  #ownPart(part: string): string {
    try {
      const own = this.#own.get(decodeURIComponent(part))
      return own === undefined ? part : encodeURIComponent(own)
    } catch {
      return part
    }
  }
}
