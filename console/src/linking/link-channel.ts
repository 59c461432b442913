/** The channel between the window of a skill's token server and the tab that opened it. It needs no opener, which servers cut. */
export const linkChannel = 'skillkeeper-link'

export type LinkAnswer =
  | { readonly state: string; readonly code: string }
  | { readonly state: string; readonly problem: string }

export function linkedUri(): string {
  return new URL('/console/linked', location.origin).href
}

/** Waits for the answer to one question. Undefined if there is none in time. */
export function answerTo(
  state: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<LinkAnswer | undefined> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(linkChannel)
    const end = (answer?: LinkAnswer) => {
      clearTimeout(timer)
      channel.close()
      resolve(answer)
    }
    const timer = setTimeout(end, waitMs)
    signal.addEventListener('abort', () => end())
    channel.addEventListener('message', ({ data }: MessageEvent<LinkAnswer>) => {
      if (data.state === state) end(data)
    })
  })
}
