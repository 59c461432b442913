/** Turns a skill of one room on or off: a change of one item, followed until its result is known. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { readChange, readChangeItems, startChange } from '../api/changes.ts'
import { randomText } from '../session/pkce.ts'
import { useWords } from '../words/words.tsx'

const pollMs = 150
/** A change that takes longer goes on by itself; its result is then among the changes. */
const pollsMax = 200

export interface Switched {
  readonly changeId: string
  /** Why not, in the words of the service, or that it is not known yet. */
  readonly reason: string | undefined
}

export interface SwitchRequest {
  readonly unitId: string
  readonly skillId: string
  readonly action: 'enable' | 'disable'
}

export function useSwitch() {
  const queries = useQueryClient()
  const words = useWords()
  // Of a double click the second half comes before the button is drawn as disabled: it is the same request.
  const keys = useRef(new Map<string, string>())
  return useMutation({
    mutationFn: async ({ unitId, skillId, action }: SwitchRequest): Promise<Switched> => {
      const request = { action, skillIds: [skillId], units: { ids: [unitId] } }
      const asked = JSON.stringify(request)
      const key = keys.current.get(asked) ?? randomText()
      keys.current.set(asked, key)
      const { id } = await startChange(request, key).finally(() => keys.current.delete(asked))
      let { status } = await readChange(id)
      for (let polls = 1; polls < pollsMax && status === 'running'; polls += 1) {
        await new Promise((resolve) => setTimeout(resolve, pollMs))
        status = (await readChange(id)).status
      }
      const { items } = await readChangeItems(id, { maxResults: 1 })
      const [item] = items
      if (item === undefined || item.outcome === 'waiting')
        return { changeId: id, reason: status === 'running' ? words.room.stillWaiting : words.change.waiting }
      const isBad = item.outcome === 'refused' || item.outcome === 'gone'
      return { changeId: id, reason: isBad ? (item.reason ?? item.outcome) : undefined }
    },
    onSettled: async (_, __, { unitId }) => {
      await queries.invalidateQueries({ queryKey: ['room', unitId] })
      await queries.invalidateQueries({ queryKey: ['changes'] })
    },
  })
}
