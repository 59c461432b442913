import type { CatalogRole } from '../../protocol/catalog.ts'
import type { PrincipalId } from '../../protocol/identifiers.ts'

/** A person of the catalog, who can sign in and have roles. */
export interface Person {
  readonly id: PrincipalId
  readonly name: string
  readonly email: string | undefined
  /** In the PHC string format of scrypt; `undefined` for a person who cannot sign in on the authorize page. */
  readonly passphraseHash: string | undefined
  /** The `sub` at the OpenID issuer of the service. */
  readonly subject: string | undefined
  /** The roles that the catalog lists. The Role API may have changed which of them the person has. */
  readonly roles: readonly CatalogRole[]
  /** The person came with the embedded demo catalog, and is removed when another catalog is loaded. */
  readonly isEmbedded: boolean
}

/** Returns the form in which addresses are compared: without regard to case, and to how a keyboard composes a letter. */
export function signInName(email: string): string {
  return email.normalize('NFC').toLowerCase()
}
