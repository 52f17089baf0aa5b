/** Makes a path absolute: `.` and `..` are resolved, and a relative one begins in `directory`. */
export function absolutePath(path: string, directory: string): string {
  const whole = path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
