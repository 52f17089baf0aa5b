import { KnarrError } from '#lib'

/** `deployment/web`, `deployments.apps/web` or `pod/web-1`: what to look for, and its name. */
export function parseTarget(text: string): { readonly resource: string; readonly name: string } {
  const [resource = '', name = '', ...more] = text.split('/')
  if (resource !== '' && name !== '' && more.length === 0) return { resource, name }
  throw new KnarrError('BadTarget', `not an object: ${text}`, {
    hint: 'Write it as RESOURCE/NAME, for example deployment/web.',
  })
}
