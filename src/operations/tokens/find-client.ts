import type { Client } from '../../model/client.ts'
import { consoleClient } from '../../model/console/console-client.ts'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'

/** Finds a client that may get a code or have a token: of the catalog, or that of the console. */
export function findClient(context: Context, id: string): MaybePromise<Client | undefined> {
  return id === consoleClient.id ? consoleClient : context.storage.catalog.findClient(id)
}
