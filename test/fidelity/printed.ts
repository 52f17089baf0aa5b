/** What is called otherwise in every cluster. */
export interface Names {
  readonly node: string
  /** Of the manifests as they are given to `-f`. */
  readonly manifests: string
  /** Where the API is served. */
  readonly port: string
}

/**
 * What differs between any two runs of one and the same cluster, and with it what a machine is. All
 * else that kubectl prints has to be the same in both worlds.
 */
const natural: readonly (readonly [what: RegExp, becomes: string])[] = [
  // Random: UIDs, suffixes that the server and controllers give, IDs and digests of containers.
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'],
  [/\bsha256:[0-9a-f]{64}\b/g, 'DIGEST'],
  [/\bcontainerd:\/\/[0-9a-f]{64}\b/g, 'containerd://ID'],
  [/\b(my-nginx|heartbeat)-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, '$1-HASH-RANDOM'],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-RANDOM'],
  [/\bheartbeat-[a-z0-9]{5}\b(?!-)/g, 'heartbeat-RANDOM'],
  // Where things are.
  [/\b(\d{1,3}\.){3}\d{1,3}\b/g, 'IP'],
  // Versions of single objects, and how many changes one write of a slice took together.
  [/(resourceVersion: )"\d+"/g, '$1"N"'],
  [/(generateName: heartbeat-\n +generation: )\d+/g, '$1N'],
  // Instants, and how long ago they are; kubectl reckons some of these by its own clock.
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME'],
  [/\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/(?<!=|for )\b(\d+(\.\d+)?(h|ms|m|µs|s))+(?=[ )]|$)/gm, 'AGE'],
  [/<invalid>/g, 'AGE'],
  // Runtimes before containerd 2.0 do not tell as whom a container runs.
  [/^( +)user:\n(?:\1 .*\n)+/gm, ''],
  // A node whose pod network was there before it is Ready from its first status on; no event says so.
  [/^.*\bNodeReady\b.*\n/gm, ''],
  // A simulation says by an Event of its own where it guesses.
  [/^.*\b(SimulatedServer|NotSimulated)\b.*\n/gm, ''],
  // Images are what the registry makes of them.
  [/Image size: \d+ bytes/g, 'Image size: N bytes'],
  // What the machine is.
  [/^( +hugepages-\S+ ).*\n/gm, ''],
  [/^( +(cpu|memory|ephemeral-storage): ).*/gm, '$1N'],
  [/^( +(Machine ID|System UUID|Boot ID|Kernel Version|OS Image|Architecture): ).*/gm, '$1IT'],
  [/\bcontainerd:\/\/v?\d\S*/g, 'containerd://VERSION'],
]

/**
 * As it was printed, but for what is natural. Columns are as wide as what stands in them: gaps count
 * as gaps, and what is left of a line as an indentation.
 */
export function general(printed: string, { node, manifests, port }: Names): string {
  let text = printed
    .replaceAll(manifests, 'MANIFESTS')
    .replace(new RegExp(`\\b${RegExp.escape(node)}\\b`, 'g'), 'NODE')
    // A simulated API server stands at the default port, wherever it is served.
    .replace(new RegExp(`\\b(${port}|6443)\\b`, 'g'), 'PORT')
  for (const [what, becomes] of natural) text = text.replace(what, becomes)
  return text.replace(/(?<=\S) {2,}/g, '  ').replace(/ +$/gm, '')
}

/** With the lines of a table, or of the events at the end of a description, in one certain order. */
export function sorted(text: string): string {
  const lines = text.trimEnd().split('\n')
  const from = lines.findIndex((line) => line.startsWith('Events:')) + 1 || 1
  return [...lines.slice(0, from), ...lines.slice(from).toSorted()].join('\n')
}
