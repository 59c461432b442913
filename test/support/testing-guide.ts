/** The code in docs/testing.md. The words behind the language of a block say what it is for. */
import { readFileSync } from 'node:fs'

export interface Block {
  /** The headings above the block, the nearest one last. */
  readonly headings: readonly string[]
  readonly language: string
  /** `prelude`, `snippet`, the name of a file, or nothing. */
  readonly purpose: string
  readonly code: string
}

export function readTestingGuide(): readonly Block[] {
  const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')
  const blocks: Block[] = []
  let headings: readonly string[] = []
  for (const hit of text.matchAll(/^(#+) (.+)$|^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)) {
    const [, marks, heading, language = '', purpose = '', code = ''] = hit
    if (marks === undefined) blocks.push({ headings, language, purpose, code })
    else headings = [...headings.slice(0, marks.length - 1), heading ?? '']
  }
  return blocks
}

/** The files of the recipe for a test runner, by their names. */
export function recipeFor(runner: string): ReadonlyMap<string, string> {
  const files = readTestingGuide().filter(({ headings }) => headings.at(-1) === runner)
  return new Map(files.map(({ purpose, code }) => [purpose, code]))
}
