import { readChangeItems } from '../api/changes.ts'
import { csvLine, download } from '../browser/download.ts'

/** A change has at most 100,000 items. */
const pagesMax = 100

/** Hands all items of a change to the reader as CSV. */
export async function downloadItems(id: string): Promise<void> {
  const lines = ['unit,name,skill,outcome,reason']
  let after: number | undefined
  for (let page = 0; page < pagesMax; page += 1) {
    const { items, paginationContext } = await readChangeItems(id, {
      maxResults: 1000,
      ...(after && { after }),
    })
    for (const { unitId, unitName = '', skillId, outcome, reason = '' } of items)
      lines.push(csvLine([unitId, unitName, skillId, outcome, reason]))
    after = paginationContext.after
    if (after === undefined) break
  }
  download(`change-${id}.csv`, lines.join('\r\n'))
}
