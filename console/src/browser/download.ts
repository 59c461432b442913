/** Hands a text to the reader as a file. */
export function download(name: string, text: string, type = 'text/csv'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** A line of CSV. A spreadsheet reads each field as text, and never as a formula. */
export function csvLine(fields: readonly string[]): string {
  return fields
    .map((text) => {
      const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
      return `"${safe.replaceAll('"', '""')}"`
    })
    .join(',')
}
