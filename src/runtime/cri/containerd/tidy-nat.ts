import { run } from './leftovers.ts'

const builtInChains = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/**
 * Removes the chains that CNI's plugins share (`CNI-HOSTPORT-…`) when no pod of any network uses them, and then the nat table if
 * nothing else is in it, so that a machine looks as it did before the first pod.
 */
export function tidyNat(netns: string | undefined): void {
  for (const [command, family] of [
    ['iptables', 'ip'],
    ['ip6tables', 'ip6'],
  ] as const) {
    if (run(netns, ['nft', 'list', 'table', family, 'nat']) === '') continue
    const lines = run(netns, [command, '-w', '-t', 'nat', '-S']).split('\n').filter(Boolean)
    const removable = unusedChains(lines)
    for (const argv of removable) run(netns, [command, '-w', '-t', 'nat', ...argv])
    const rest = run(netns, [command, '-w', '-t', 'nat', '-S']).split('\n').filter(Boolean)
    if (isPristine(rest)) run(netns, ['nft', 'delete', 'table', family, 'nat'])
  }
}

/** The commands that take CNI's chains away; none when a pod's rule still stands in one. */
export function unusedChains(lines: readonly string[]): readonly (readonly string[])[] {
  const chains = lines.flatMap((line) => /^-N (CNI-.*)/.exec(line)?.[1] ?? [])
  const isShared = (chain: string) => chain.startsWith('CNI-HOSTPORT-')
  if (chains.length === 0 || !chains.every(isShared)) return []
  const jumps = lines.filter((line) => chains.some((chain) => line.endsWith(`-j ${chain}`)))
  return [
    ...jumps.map(deletion),
    ...chains.map((chain) => ['-F', chain]),
    ...chains.map((chain) => ['-X', chain]),
  ]
}

/** The words that delete the rule `-A CHAIN …`; iptables quotes them as a shell would. */
export function deletion(rule: string): readonly string[] {
  const words = rule.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []
  const plain = words.map((word) => word.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1'))
  return ['-D', ...plain.slice(1)]
}

/** Only built-in chains that accept everything. */
export function isPristine(lines: readonly string[]): boolean {
  return lines.every((line) => builtInChains.some((chain) => line === `-P ${chain} ACCEPT`))
}
