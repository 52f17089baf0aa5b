/** Says what the colours and hatchings of the lanes stand for. */
export const legendHtml = `<ul class="legend">${[
  ['of-answered', 'answered'],
  ['of-lost', 'lost'],
  ['Pending', 'Pending'],
  ['Running', 'Running, not Ready'],
  ['ready', 'Ready'],
  ['Terminating', 'Terminating'],
  ['Unknown', 'Unknown'],
  ['Failed', 'ended'],
  ['of-answered', 'below a pod: a ready endpoint'],
  ['fault', 'disturbance'],
]
  .map(([name, text]) => `<li><i class="${name}"></i>${text}</li>`)
  .join('')}</ul>`
