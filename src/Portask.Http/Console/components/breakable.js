import { h } from '../core/dom.js';

/** A name that breaks, where it has to, behind its dots and dashes rather than anywhere. What is copied of it is the name. */
export const breakable = name => name.split(/(?<=[-._/:])/).flatMap((part, i) => i === 0 ? part : [h('wbr'), part]);
