import type { AccountLink } from '../../../src/model/account-link.ts'
import type { LinkStorage, Storage } from '../../../src/model/ports/storage.ts'
import { claim, stamp } from './records.ts'

/** Does to the links that are due what the background step does, until none is. */
export async function settleAll(storage: Storage, now: number): Promise<void> {
  for (let step = 0; step < 100; step++) {
    const id = `settle-${step}-${now}`
    const due = await storage.links.claimDue(claim(id, now), 10)
    if (due.length === 0) return
    for (const link of due) await settleOne(storage.links, link, id, now)
  }
  throw new Error('There is always a link due.')
}

async function settleOne(links: LinkStorage, link: AccountLink, id: string, now: number): Promise<void> {
  while ((await links.moveEnablements(link, stamp(now), 2)) === 2);
  switch (link.state) {
    case 'PENDING':
      if (link.sealedRequest === undefined) return await links.release(link, id, now)
      await links.settleLinked(link, id, { sealedTokens: `tokens of ${link.name}`, now: now, checkAt: now })
      return
    case 'LINKED':
      if (await links.discardUnused(link, id)) await links.remove(link, id, undefined)
      return
    case 'REFUSED':
    case 'DISCARDED':
      return await links.remove(link, id, undefined)
  }
}
