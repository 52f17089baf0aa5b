/** The head of curl's progress meter, and its first line. */
export const meterHead = [
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n',
  '                                 Dload  Upload   Total   Spent    Left  Speed\n',
  '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0',
].join('')

/** The last line of the meter, for what came in a time. */
export function meterLine(bytes: number, tookMs: number): string {
  const share = bytes > 0 ? '100' : '  0'
  const speed = short(Math.round((bytes * 1000) / Math.max(1, tookMs)))
  const size = short(bytes)
  const none = '0'.padStart(5)
  return `\r${share} ${size}  ${share} ${size}    0 ${none}  ${speed}      0 --:--:-- --:--:-- --:--:-- ${speed}\n`
}

/** In five letters. */
function short(bytes: number): string {
  const text =
    bytes < 100_000
      ? String(bytes)
      : bytes < 10_240_000
        ? `${Math.floor(bytes / 1024)}k`
        : `${Math.floor(bytes / 1_048_576)}M`
  return text.padStart(5)
}
