/**
 * Resolves a name, or the ending of an ID, that a person types for an ID. It is looked up in the catalog, and the ID is
 * shown, before the command runs. Whole IDs stay as they are. Files need whole IDs, since an ending may match another unit
 * later.
 */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { wrongUsage } from '../terminal/command-error.ts'
import { tell } from '../terminal/output.ts'
import { type CatalogSearch, isSkillId, isUnitId, type Named, openCatalogSearch } from './catalog-search.ts'
import type { ConnectionOptions } from './connection.ts'
import { operatorTokenPlace } from './operator.ts'

export type Kind = 'skill' | 'unit'

/** The arguments and options that take an ID, by their names. */
const kinds: Readonly<Record<string, Kind>> = {
  SKILL: 'skill',
  UNIT: 'unit',
  UNITS: 'unit',
  PARENT: 'unit',
  ORGANIZATION: 'unit',
  skill: 'skill',
  unit: 'unit',
  organization: 'unit',
  under: 'unit',
}
/** The number of units that are searched. In a larger catalog the whole last part of an ID has to be typed. */
const unitsMax = 20_000
/** The number of candidates that are shown. */
const shownMax = 5

/** Returns the kind of ID that an argument or an option with the name takes; `undefined` if it takes none. */
export function kindOf(name: string): Kind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

/** Replaces names and endings by IDs; to be called before the command. Throws a CommandError if one is unknown or ambiguous. */
export async function replaceTyped(command: Command): Promise<void> {
  const options = command.optsWithGlobals<ConnectionOptions>()
  const open = searchOnce(options)
  refuseSwapped(command)
  for (const [place, argument] of command.registeredArguments.entries()) {
    const kind = kindOf(argument.name())
    const given: unknown = command.processedArgs[place]
    if (kind === undefined) continue
    if (typeof given === 'string') command.processedArgs[place] = await idOf(kind, given, open)
    if (Array.isArray(given)) {
      for (const [index, one] of given.entries()) given[index] = await idOf(kind, String(one), open)
    }
  }
  for (const option of command.options) {
    const name = option.attributeName()
    const kind = kindOf(name)
    const given: unknown = command.getOptionValue(name)
    if (kind !== undefined && typeof given === 'string')
      command.setOptionValue(name, await idOf(kind, given, open))
  }
}

function searchOnce(options: ConnectionOptions): () => CatalogSearch {
  let search: CatalogSearch | undefined
  return () => {
    search ??= openCatalogSearch(options)
    return search
  }
}

/** Throws if a skill is typed for a unit, or the reverse. */
function refuseSwapped(command: Command): void {
  const words = command.registeredArguments.flatMap((argument, place) => {
    const kind = kindOf(argument.name())
    const given: unknown = command.processedArgs[place]
    return kind === undefined ? [] : [given].flat().map((word) => ({ kind, word: String(word ?? '') }))
  })
  for (const { kind, word } of words) {
    const isOther = kind === 'skill' ? isUnitId(word) : isSkillId(word)
    if (!isOther) continue
    const names = command.registeredArguments.map((one) => one.name() + (one.variadic ? ' …' : ''))
    const is = kind === 'skill' ? 'a unit, but a skill is expected' : 'a skill, but a unit is expected'
    throw wrongUsage(`${word} is ${is}: ${[pathOf(command), ...names].join(' ')}`)
  }
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

async function idOf(kind: Kind, typed: string, open: () => CatalogSearch): Promise<string> {
  // A table shows endings with an ellipsis.
  const word = typed.trim().replace(/^(…|\.\.\.)/, '')
  // The service checks whole IDs.
  if (word.startsWith('amzn1.')) return word
  if (word === '') throw wrongUsage(`The ID of the ${kind} is empty.`)
  if (kind === 'unit') refuseFile(word)
  const search = open()
  const found = kind === 'skill' ? await findSkills(search, word) : await findUnits(search, word)
  const [one, other] = found
  if (one === undefined) throw await notFound(kind, word, search)
  if (other !== undefined) throw ambiguous(kind, word, found)
  tell(`${typed} is ${one.name === '' ? 'the' : `${one.name}, the`} ${kind} ${one.id}.`)
  return one.id
}

function refuseFile(word: string): void {
  if (word === '-') throw wrongUsage('To read units from standard input: --file -')
  if (/[./\\]/.test(word) && existsSync(word))
    throw wrongUsage(`${word} is a file. To read its units: --file ${word}`)
}

async function findSkills(search: CatalogSearch, word: string): Promise<Named[]> {
  return matching(await search.skills(), word)
}

async function findUnits(search: CatalogSearch, word: string): Promise<Named[]> {
  // The whole part behind the last dot takes precedence, and is found without reading all units.
  for (const id of [`amzn1.alexa.unit.did.${word}`, `amzn1.alexa.unit.${word}`]) {
    const unit = isUnitId(id) ? await search.findUnit(id) : undefined
    if (unit !== undefined) return [unit]
  }
  const units = await search.firstUnits(unitsMax)
  const found = matching(units, word)
  if (found.length > 1 || units.length < unitsMax) return found
  throw wrongUsage(
    `The catalog has too many units to search for ${word}. Use the ID, or the whole part after its last dot.`,
  )
}

/** Returns the candidates that have the name, or whose ID ends with it. */
function matching(candidates: readonly Named[], word: string): Named[] {
  const wanted = word.toLowerCase()
  return candidates.filter(
    ({ id, name }) => name.toLowerCase() === wanted || id.toLowerCase().endsWith(wanted),
  )
}

async function notFound(kind: Kind, word: string, search: CatalogSearch): Promise<Error> {
  if (!(await search.isOperator()))
    return wrongUsage(
      `${word} is not the ID of a ${kind}. A search by name or by the end of an ID requires the operator's token. ${operatorTokenPlace}`,
    )
  const other = kind === 'skill' ? 'unit' : 'skill'
  const [swapped] = kind === 'skill' ? await findUnits(search, word) : await findSkills(search, word)
  if (swapped !== undefined)
    return wrongUsage(
      `${word} is the ${other} ${swapped.id}, but a ${kind} is expected. --help shows the order.`,
    )
  const where = kind === 'skill' ? 'skillkeeper catalog show skills' : 'skillkeeper catalog show units PARENT'
  return wrongUsage(`No ${kind} has the name ${word}, or an ID that ends with it. ${where} lists them.`)
}

function ambiguous(kind: Kind, word: string, found: readonly Named[]): Error {
  const lines = found.slice(0, shownMax).map(({ id, name }) => `  ${id}  ${name}`)
  const more = found.length > shownMax ? ['  and more'] : []
  return wrongUsage(
    [`${word} may be more than one ${kind}. Use more of the ID:`, ...lines, ...more].join('\n'),
  )
}
