/** Finds the mistakes of the people in a catalog, and of refresh tokens that name them. */
import { signInName } from '../../model/principals/person.ts'
import { CatalogPerson } from '../../protocol/catalog.ts'
import { type FormProblem, hasForm } from '../../protocol/form-problems.ts'
import { isPrincipalId, type PrincipalId } from '../../protocol/identifiers.ts'
import { fieldIn, listIn, type Placed, textIn } from './read-organizations.ts'

type AnyRecord = Placed<unknown>

export function isPerson(value: unknown, path: string, problems: FormProblem[]): value is CatalogPerson {
  return hasForm(CatalogPerson, value, path, problems)
}

/** Reports what two people share that tells one person from another, and a passphrase that nobody can show. */
export function checkPeople(people: readonly AnyRecord[], problems: FormProblem[]): void {
  const places = new Map<string, string>()
  for (const { value, path } of people) {
    for (const name of ['email', 'subject']) {
      const text = textIn(value, name)
      if (text === undefined) continue
      const key = `${name} ${name === 'email' ? signInName(text) : text}`
      const other = places.get(key)
      if (other !== undefined)
        problems.push({ path: `${path}.${name}`, message: `is the same as that of ${other}.` })
      else places.set(key, path)
    }
    if (fieldIn(value, 'passphraseHash') !== undefined && fieldIn(value, 'email') === undefined)
      problems.push({
        path: `${path}.passphraseHash`,
        message: 'requires email, with which the person signs in.',
      })
  }
}

/** Returns the people of refresh tokens that the catalog does not contain. */
export function findMissingPeople(
  people: readonly AnyRecord[],
  clients: readonly AnyRecord[],
): Placed<PrincipalId>[] {
  const known = new Set(people.map(({ value }) => textIn(value, 'id')))
  return clients.flatMap((client) =>
    listIn(client.value, 'refreshTokens').flatMap((token, index) => {
      const personId = textIn(token, 'personId')
      if (!isPrincipalId(personId) || known.has(personId)) return []
      return [{ value: personId, path: `${client.path}.refreshTokens[${index}].personId` }]
    }),
  )
}
