/** Finds the accounts of people and clients by what a person types. It uses the operator's API. */
import type { ClientView, PersonView } from '../../protocol/operator.ts'
import { wrongUsage } from '../terminal/command-error.ts'
import { tell } from '../terminal/output.ts'
import { pages } from './catalog-search.ts'
import type { ConnectionOptions } from './connection.ts'
import { type Operator, openOperator } from './operator.ts'

interface Principal {
  readonly id: string
  readonly name: string
  /** Other texts that mean the principal. */
  readonly also: readonly string[]
}

/** The number of people and clients that are searched. */
const searchedMax = 20_000

/**
 * Returns the account of a name, of an e-mail address or of a client ID. An account stays as it is, known or not. Throws a
 * CommandError if nothing or several things match.
 */
export async function resolvePrincipal(typed: string, options: ConnectionOptions): Promise<string> {
  const word = typed.trim()
  if (word.startsWith('amzn1.account.')) return word
  const wanted = word.toLowerCase()
  const found: Principal[] = []
  for await (const principal of principalsOf(openOperator({ ...options, verbose: false })))
    if ([principal.name, ...principal.also].some((text) => text.toLowerCase() === wanted))
      found.push(principal)
  const [one, other] = found
  if (one === undefined)
    throw wrongUsage(
      `Nobody is called ${word}. skillkeeper people list and skillkeeper catalog show clients list who is known.`,
    )
  if (other !== undefined)
    throw wrongUsage(
      [`${word} may be several. Give the account:`, ...found.map(({ id, name }) => `  ${id}  ${name}`)].join(
        '\n',
      ),
    )
  tell(`${typed} is ${one.name}, ${one.id}.`)
  return one.id
}

/** Returns the names of people and clients by account; none without the operator's token. */
export async function principalNames(options: ConnectionOptions): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  try {
    const operator = openOperator({ ...options, verbose: false })
    for await (const { id, name } of principalsOf(operator)) names.set(id, name)
  } catch {
    // The table is complete without names.
  }
  return names
}

async function* principalsOf(operator: Operator): AsyncGenerator<Principal> {
  let count = 0
  for await (const { id, name, email } of pages<PersonView>(operator, 'people', {})) {
    if (count++ >= searchedMax) return
    yield { id, name, also: email === undefined ? [] : [email] }
  }
  for await (const client of pages<ClientView>(operator, 'clients', {})) {
    if (count++ >= searchedMax) return
    yield { id: client.principalId, name: client.name, also: [client.id] }
  }
}
