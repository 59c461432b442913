/** The part of the storage port that keeps the people of the catalog; the rules of storage.ts apply to each method. */
import type { PrincipalId } from '../../protocol/identifiers.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Recorded } from '../operations-log.ts'
import type { Person } from '../principals/person.ts'

export interface PersonStorage {
  findPerson(id: PrincipalId): MaybePromise<Person | undefined>
  /** Ignores upper and lower case. */
  findPersonByEmail(email: string): Promise<Person | undefined>
  findPersonBySubject(subject: string): Promise<Person | undefined>
  /** Returns people by ID, after the given one. */
  listPeople(after: string, limit: number): Promise<Person[]>
  /** Returns the people of the embedded demo catalog. */
  listEmbeddedPeople(): Promise<Person[]>
  /** Removes the person with its roles, codes, refresh tokens and sessions. Returns false if there is no such person. */
  removePerson(id: PrincipalId, change: Recorded): Promise<boolean>
}
