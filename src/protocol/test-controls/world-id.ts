export const worldIdPattern = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'

const form = new RegExp(worldIdPattern)

export function isWorldId(text: string): boolean {
  return form.test(text)
}
