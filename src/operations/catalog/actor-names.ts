import type { Context } from '../../model/ports/context.ts'
import { isPrincipalId } from '../../protocol/identifiers.ts'

type NamePart = { readonly actorName?: string }

/**
 * Returns what gives the name of an actor, for the answer of one request. An operator has none, and neither has a client or person
 * that is not in the catalog any more, or whose name is the ID.
 */
export function actorNames({ storage }: Context): (actor: string) => Promise<NamePart> {
  const known = new Map<string, Promise<NamePart>>()

  async function find(actor: string): Promise<NamePart> {
    const { catalog } = storage
    const found =
      (await catalog.findClient(actor)) ??
      (isPrincipalId(actor) ? await catalog.findPerson(actor) : undefined)
    return found === undefined || found.name === actor ? {} : { actorName: found.name }
  }

  return (actor) => {
    const name = known.get(actor) ?? find(actor)
    known.set(actor, name)
    return name
  }
}
