// The part of oidc-provider that the tests use; the package brings no types.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  interface Artifact {
    readonly jti: string
    save(): Promise<string>
  }

  interface Grant extends Artifact {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
  }

  type ArtifactClass<T> = new (properties: Readonly<Record<string, unknown>>) => T

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly Client: { find(id: string): Promise<object> }
    readonly AuthorizationCode: ArtifactClass<Artifact>
    readonly Grant: ArtifactClass<Grant>
    readonly AccessToken: { find(value: string): Promise<object | undefined> }
    readonly RefreshToken: { find(value: string): Promise<{ destroy(): Promise<void> } | undefined> }
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
  }
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  /** An adapter of its own for one provider. */
  export function createMemoryAdapter(): (model: string) => object
}
