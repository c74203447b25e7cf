// Written by `node validators.ts` from the schema beside it; not to be edited.
"use strict";
export const validate = validate10;

const schema11 = {"$id":"AdmissionReview","type":"object","required":["apiVersion","kind","request"],"properties":{"apiVersion":{"const":"admission.k8s.io/v1"},"kind":{"const":"AdmissionReview"},"request":{"type":"object","required":["uid","resource","operation"],"properties":{"uid":{"type":"string","minLength":1,"maxLength":128},"resource":{"type":"object","required":["group","version","resource"],"properties":{"group":{"type":"string"},"version":{"type":"string"},"resource":{"type":"string"}}},"subResource":{"type":"string"},"namespace":{"type":"string","pattern":"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$","maxLength":63},"operation":{"enum":["CREATE","UPDATE","DELETE","CONNECT"]},"dryRun":{"type":"boolean"},"object":{"type":"object","properties":{"metadata":{"type":"object","properties":{"name":{"type":"string"},"generateName":{"type":"string"},"namespace":{"type":"string"},"labels":{"type":"object","nullable":true,"additionalProperties":{"type":"string"}},"annotations":{"type":"object","nullable":true,"additionalProperties":{"type":"string"}},"ownerReferences":{"type":"array","nullable":true,"items":{"type":"object","required":["kind","name","uid"],"properties":{"kind":{"type":"string"},"name":{"type":"string"},"uid":{"type":"string"},"controller":{"type":"boolean"}}}}}},"spec":{"type":"object","properties":{"nodeName":{"type":"string"},"volumes":{"type":"array","nullable":true,"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}},"containers":{"type":"array","nullable":true,"items":{"type":"object","properties":{"volumeMounts":{"type":"array","nullable":true,"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}},"volumeDevices":{"type":"array","nullable":true,"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}}},"initContainers":{"type":"array","nullable":true,"items":{"type":"object","properties":{"volumeMounts":{"type":"array","nullable":true,"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}},"volumeDevices":{"type":"array","nullable":true,"items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}}}}}},"nullable":true}}}}};
const pattern0 = new RegExp("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="AdmissionReview" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.request === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "request"},message:"must have required property '"+"request"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.apiVersion !== undefined){
if("admission.k8s.io/v1" !== data.apiVersion){
const err3 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "admission.k8s.io/v1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.kind !== undefined){
if("AdmissionReview" !== data.kind){
const err4 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "AdmissionReview"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.request !== undefined){
let data2 = data.request;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.uid === undefined){
const err5 = {instancePath:instancePath+"/request",schemaPath:"#/properties/request/required",keyword:"required",params:{missingProperty: "uid"},message:"must have required property '"+"uid"+"'"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data2.resource === undefined){
const err6 = {instancePath:instancePath+"/request",schemaPath:"#/properties/request/required",keyword:"required",params:{missingProperty: "resource"},message:"must have required property '"+"resource"+"'"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data2.operation === undefined){
const err7 = {instancePath:instancePath+"/request",schemaPath:"#/properties/request/required",keyword:"required",params:{missingProperty: "operation"},message:"must have required property '"+"operation"+"'"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2.uid !== undefined){
let data3 = data2.uid;
if(typeof data3 === "string"){
if(data3.length > 128){
const err8 = {instancePath:instancePath+"/request/uid",schemaPath:"#/properties/request/properties/uid/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data3.length < 1){
const err9 = {instancePath:instancePath+"/request/uid",schemaPath:"#/properties/request/properties/uid/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/request/uid",schemaPath:"#/properties/request/properties/uid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data2.resource !== undefined){
let data4 = data2.resource;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
if(data4.group === undefined){
const err11 = {instancePath:instancePath+"/request/resource",schemaPath:"#/properties/request/properties/resource/required",keyword:"required",params:{missingProperty: "group"},message:"must have required property '"+"group"+"'"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data4.version === undefined){
const err12 = {instancePath:instancePath+"/request/resource",schemaPath:"#/properties/request/properties/resource/required",keyword:"required",params:{missingProperty: "version"},message:"must have required property '"+"version"+"'"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(data4.resource === undefined){
const err13 = {instancePath:instancePath+"/request/resource",schemaPath:"#/properties/request/properties/resource/required",keyword:"required",params:{missingProperty: "resource"},message:"must have required property '"+"resource"+"'"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data4.group !== undefined){
if(typeof data4.group !== "string"){
const err14 = {instancePath:instancePath+"/request/resource/group",schemaPath:"#/properties/request/properties/resource/properties/group/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data4.version !== undefined){
if(typeof data4.version !== "string"){
const err15 = {instancePath:instancePath+"/request/resource/version",schemaPath:"#/properties/request/properties/resource/properties/version/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data4.resource !== undefined){
if(typeof data4.resource !== "string"){
const err16 = {instancePath:instancePath+"/request/resource/resource",schemaPath:"#/properties/request/properties/resource/properties/resource/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/request/resource",schemaPath:"#/properties/request/properties/resource/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data2.subResource !== undefined){
if(typeof data2.subResource !== "string"){
const err18 = {instancePath:instancePath+"/request/subResource",schemaPath:"#/properties/request/properties/subResource/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data2.namespace !== undefined){
let data9 = data2.namespace;
if(typeof data9 === "string"){
if(data9.length > 63){
const err19 = {instancePath:instancePath+"/request/namespace",schemaPath:"#/properties/request/properties/namespace/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(!pattern0.test(data9)){
const err20 = {instancePath:instancePath+"/request/namespace",schemaPath:"#/properties/request/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/request/namespace",schemaPath:"#/properties/request/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data2.operation !== undefined){
let data10 = data2.operation;
if(!((((data10 === "CREATE") || (data10 === "UPDATE")) || (data10 === "DELETE")) || (data10 === "CONNECT"))){
const err22 = {instancePath:instancePath+"/request/operation",schemaPath:"#/properties/request/properties/operation/enum",keyword:"enum",params:{allowedValues: schema11.properties.request.properties.operation.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
if(data2.dryRun !== undefined){
if(typeof data2.dryRun !== "boolean"){
const err23 = {instancePath:instancePath+"/request/dryRun",schemaPath:"#/properties/request/properties/dryRun/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data2.object !== undefined){
let data12 = data2.object;
if((!(data12 && typeof data12 == "object" && !Array.isArray(data12))) && (data12 !== null)){
const err24 = {instancePath:instancePath+"/request/object",schemaPath:"#/properties/request/properties/object/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
if(data12.metadata !== undefined){
let data13 = data12.metadata;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.name !== undefined){
if(typeof data13.name !== "string"){
const err25 = {instancePath:instancePath+"/request/object/metadata/name",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data13.generateName !== undefined){
if(typeof data13.generateName !== "string"){
const err26 = {instancePath:instancePath+"/request/object/metadata/generateName",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/generateName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data13.namespace !== undefined){
if(typeof data13.namespace !== "string"){
const err27 = {instancePath:instancePath+"/request/object/metadata/namespace",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data13.labels !== undefined){
let data17 = data13.labels;
if((!(data17 && typeof data17 == "object" && !Array.isArray(data17))) && (data17 !== null)){
const err28 = {instancePath:instancePath+"/request/object/metadata/labels",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(data17 && typeof data17 == "object" && !Array.isArray(data17)){
for(const key0 in data17){
if(typeof data17[key0] !== "string"){
const err29 = {instancePath:instancePath+"/request/object/metadata/labels/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/request/properties/object/properties/metadata/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
}
}
if(data13.annotations !== undefined){
let data19 = data13.annotations;
if((!(data19 && typeof data19 == "object" && !Array.isArray(data19))) && (data19 !== null)){
const err30 = {instancePath:instancePath+"/request/object/metadata/annotations",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/annotations/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if(data19 && typeof data19 == "object" && !Array.isArray(data19)){
for(const key1 in data19){
if(typeof data19[key1] !== "string"){
const err31 = {instancePath:instancePath+"/request/object/metadata/annotations/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/request/properties/object/properties/metadata/properties/annotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
}
}
if(data13.ownerReferences !== undefined){
let data21 = data13.ownerReferences;
if((!(Array.isArray(data21))) && (data21 !== null)){
const err32 = {instancePath:instancePath+"/request/object/metadata/ownerReferences",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
if(Array.isArray(data21)){
const len0 = data21.length;
for(let i0=0; i0<len0; i0++){
let data22 = data21[i0];
if(data22 && typeof data22 == "object" && !Array.isArray(data22)){
if(data22.kind === undefined){
const err33 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0,schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
if(data22.name === undefined){
const err34 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0,schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
if(data22.uid === undefined){
const err35 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0,schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/required",keyword:"required",params:{missingProperty: "uid"},message:"must have required property '"+"uid"+"'"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(data22.kind !== undefined){
if(typeof data22.kind !== "string"){
const err36 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0+"/kind",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data22.name !== undefined){
if(typeof data22.name !== "string"){
const err37 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0+"/name",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
if(data22.uid !== undefined){
if(typeof data22.uid !== "string"){
const err38 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0+"/uid",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/properties/uid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data22.controller !== undefined){
if(typeof data22.controller !== "boolean"){
const err39 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0+"/controller",schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/properties/controller/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
else {
const err40 = {instancePath:instancePath+"/request/object/metadata/ownerReferences/" + i0,schemaPath:"#/properties/request/properties/object/properties/metadata/properties/ownerReferences/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
}
}
}
else {
const err41 = {instancePath:instancePath+"/request/object/metadata",schemaPath:"#/properties/request/properties/object/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
if(data12.spec !== undefined){
let data27 = data12.spec;
if(data27 && typeof data27 == "object" && !Array.isArray(data27)){
if(data27.nodeName !== undefined){
if(typeof data27.nodeName !== "string"){
const err42 = {instancePath:instancePath+"/request/object/spec/nodeName",schemaPath:"#/properties/request/properties/object/properties/spec/properties/nodeName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
if(data27.volumes !== undefined){
let data29 = data27.volumes;
if((!(Array.isArray(data29))) && (data29 !== null)){
const err43 = {instancePath:instancePath+"/request/object/spec/volumes",schemaPath:"#/properties/request/properties/object/properties/spec/properties/volumes/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(Array.isArray(data29)){
const len1 = data29.length;
for(let i1=0; i1<len1; i1++){
let data30 = data29[i1];
if(data30 && typeof data30 == "object" && !Array.isArray(data30)){
if(data30.name === undefined){
const err44 = {instancePath:instancePath+"/request/object/spec/volumes/" + i1,schemaPath:"#/properties/request/properties/object/properties/spec/properties/volumes/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
if(data30.name !== undefined){
if(typeof data30.name !== "string"){
const err45 = {instancePath:instancePath+"/request/object/spec/volumes/" + i1+"/name",schemaPath:"#/properties/request/properties/object/properties/spec/properties/volumes/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
}
else {
const err46 = {instancePath:instancePath+"/request/object/spec/volumes/" + i1,schemaPath:"#/properties/request/properties/object/properties/spec/properties/volumes/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
}
}
if(data27.containers !== undefined){
let data32 = data27.containers;
if((!(Array.isArray(data32))) && (data32 !== null)){
const err47 = {instancePath:instancePath+"/request/object/spec/containers",schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(Array.isArray(data32)){
const len2 = data32.length;
for(let i2=0; i2<len2; i2++){
let data33 = data32[i2];
if(data33 && typeof data33 == "object" && !Array.isArray(data33)){
if(data33.volumeMounts !== undefined){
let data34 = data33.volumeMounts;
if((!(Array.isArray(data34))) && (data34 !== null)){
const err48 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeMounts",schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeMounts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(Array.isArray(data34)){
const len3 = data34.length;
for(let i3=0; i3<len3; i3++){
let data35 = data34[i3];
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
if(data35.name === undefined){
const err49 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeMounts/" + i3,schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeMounts/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
if(data35.name !== undefined){
if(typeof data35.name !== "string"){
const err50 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeMounts/" + i3+"/name",schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeMounts/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
}
else {
const err51 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeMounts/" + i3,schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeMounts/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
}
}
if(data33.volumeDevices !== undefined){
let data37 = data33.volumeDevices;
if((!(Array.isArray(data37))) && (data37 !== null)){
const err52 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeDevices",schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeDevices/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
if(Array.isArray(data37)){
const len4 = data37.length;
for(let i4=0; i4<len4; i4++){
let data38 = data37[i4];
if(data38 && typeof data38 == "object" && !Array.isArray(data38)){
if(data38.name === undefined){
const err53 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeDevices/" + i4,schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeDevices/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
if(data38.name !== undefined){
if(typeof data38.name !== "string"){
const err54 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeDevices/" + i4+"/name",schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeDevices/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
}
else {
const err55 = {instancePath:instancePath+"/request/object/spec/containers/" + i2+"/volumeDevices/" + i4,schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/properties/volumeDevices/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
}
}
}
else {
const err56 = {instancePath:instancePath+"/request/object/spec/containers/" + i2,schemaPath:"#/properties/request/properties/object/properties/spec/properties/containers/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
}
}
}
if(data27.initContainers !== undefined){
let data40 = data27.initContainers;
if((!(Array.isArray(data40))) && (data40 !== null)){
const err57 = {instancePath:instancePath+"/request/object/spec/initContainers",schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
if(Array.isArray(data40)){
const len5 = data40.length;
for(let i5=0; i5<len5; i5++){
let data41 = data40[i5];
if(data41 && typeof data41 == "object" && !Array.isArray(data41)){
if(data41.volumeMounts !== undefined){
let data42 = data41.volumeMounts;
if((!(Array.isArray(data42))) && (data42 !== null)){
const err58 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeMounts",schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeMounts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
if(Array.isArray(data42)){
const len6 = data42.length;
for(let i6=0; i6<len6; i6++){
let data43 = data42[i6];
if(data43 && typeof data43 == "object" && !Array.isArray(data43)){
if(data43.name === undefined){
const err59 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeMounts/" + i6,schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeMounts/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
if(data43.name !== undefined){
if(typeof data43.name !== "string"){
const err60 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeMounts/" + i6+"/name",schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeMounts/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
}
else {
const err61 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeMounts/" + i6,schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeMounts/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
}
}
if(data41.volumeDevices !== undefined){
let data45 = data41.volumeDevices;
if((!(Array.isArray(data45))) && (data45 !== null)){
const err62 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeDevices",schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeDevices/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
if(Array.isArray(data45)){
const len7 = data45.length;
for(let i7=0; i7<len7; i7++){
let data46 = data45[i7];
if(data46 && typeof data46 == "object" && !Array.isArray(data46)){
if(data46.name === undefined){
const err63 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeDevices/" + i7,schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeDevices/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
if(data46.name !== undefined){
if(typeof data46.name !== "string"){
const err64 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeDevices/" + i7+"/name",schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeDevices/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
}
else {
const err65 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5+"/volumeDevices/" + i7,schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/properties/volumeDevices/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
}
}
}
}
else {
const err66 = {instancePath:instancePath+"/request/object/spec/initContainers/" + i5,schemaPath:"#/properties/request/properties/object/properties/spec/properties/initContainers/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
}
}
}
else {
const err67 = {instancePath:instancePath+"/request/object/spec",schemaPath:"#/properties/request/properties/object/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
}
}
}
else {
const err68 = {instancePath:instancePath+"/request",schemaPath:"#/properties/request/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
}
}
else {
const err69 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
