import { KnarrError } from '#lib'

/** `docker.io=http://127.0.0.1:5000` as a registry and the mirror's address. */
export function parseRegistryMirror(text: string): {
  readonly registry: string
  readonly mirror: string
} {
  const [registry = '', mirror = ''] = text.split(/=(.*)/s)
  if (registry === '' || !URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
    throw new KnarrError('BadRegistryMirror', `not a registry mirror: ${text}`, {
      hint: 'Write it as REGISTRY=URL, for example docker.io=http://127.0.0.1:5000.',
    })
  }
  return { registry, mirror }
}
