import { encodeObject, stamp } from '@bramble/controller/store/encode.ts';
import { crc32 } from 'node:zlib';
const filler='an argument of some length, as real pods have them';
function pod(name:string):any{const c=(k:number)=>({name:`container-${k}`,image:`registry.example/team/app-${k}:1.2.3`,args:[filler,filler],env:[{name:'MODE',value:'production'},{name:'LEVEL',value:'info'}],resources:{requests:{cpu:'100m',memory:'64Mi'},limits:{memory:'128Mi'}},ports:[{name:'http',containerPort:8080,protocol:'TCP'}]});
return {apiVersion:'v1',kind:'Pod',metadata:{name,namespace:'default',uid:'0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9',creationTimestamp:'2026',labels:{app:'b',tier:'f'}},spec:{containers:[c(1),c(2),c(3)],restartPolicy:'Always',nodeName:'pi-1'},status:{phase:'Pending'}}}
const N=300; // hot
function best(name:string,f:(p:any)=>any){let b=1e9;for(let r=0;r<60;r++){const ps=Array.from({length:N},(_,i)=>pod('p'+i));const t=performance.now();let s=0;for(const p of ps)s+=f(p)?1:0;const d=(performance.now()-t)/N*1000;if(d<b)b=d}console.log(name.padEnd(34),b.toFixed(2))}
function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) freezeDeep(item);
  else for (const name of Object.keys(value)) freezeDeep((value as Record<string, unknown>)[name]);
  Object.freeze(value);
}
best('stringify plain',p=>JSON.stringify(p));
best('stringify frozen',p=>{return JSON.stringify(p)});
best('spread+stringify',p=>{const {metadata:g,...fields}=p;const{resourceVersion:_,...metadata}=g;return JSON.stringify({...fields,metadata:{...metadata,resourceVersion:''}})});
best('spreads only',p=>{const {metadata:g,...fields}=p;const{resourceVersion:_,...metadata}=g;return {...fields,metadata:{...metadata,resourceVersion:''}}});
best('freezeDeep',p=>{freezeDeep(p);return p});
best('encodeObject',p=>encodeObject(p));
best('encode+stamp',p=>stamp(encodeObject(p),'/x',5));
const js=JSON.stringify(pod('x'));let k=0;
best('cons flatten + bytelength',p=>Buffer.byteLength(js.slice(0,-3)+(k++)+'"}}'));
best('alloc+write+crc',p=>{const j=js;const v=Buffer.allocUnsafe(4+Buffer.byteLength(j));v.write(j,4);v.writeUInt32BE(crc32(v.subarray(4)));return v});
best('Buffer.from',p=>Buffer.from(js));
best('crc',p=>crc32(Buffer.from(js)));
best('latin1 write',p=>{const v=Buffer.allocUnsafe(1600);v.latin1Write(js,4);return v});
best('utf8Write',p=>{const v=Buffer.allocUnsafe(1600);v.utf8Write(js,4);return v});
