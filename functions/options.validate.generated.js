// Written by `node validators.ts` from the schema beside it; not to be edited.
"use strict";
export const validate = validate10;

const schema11 = {"$id":"FunctionOptions","type":"object","required":["PORT","LOG_LEVEL"],"properties":{"PORT":{"type":"integer","minimum":0,"maximum":65535},"LOG_LEVEL":{"enum":["debug","info","warn","error"]},"WEBHOOK_TOKEN":{"type":"string","pattern":"^[A-Za-z0-9_-]{16,128}(,[A-Za-z0-9_-]{16,128}){0,3}$"},"WEBHOOK_TOKEN_FILE":{"type":"string","minLength":1},"TLS_CERT_DIR":{"type":"string","minLength":1}}};
const pattern0 = new RegExp("^[A-Za-z0-9_-]{16,128}(,[A-Za-z0-9_-]{16,128}){0,3}$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="FunctionOptions" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.PORT === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "PORT"},message:"must have required property '"+"PORT"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.LOG_LEVEL === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "LOG_LEVEL"},message:"must have required property '"+"LOG_LEVEL"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.PORT !== undefined){
let data0 = data.PORT;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err2 = {instancePath:instancePath+"/PORT",schemaPath:"#/properties/PORT/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 65535 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/PORT",schemaPath:"#/properties/PORT/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data0 < 0 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/PORT",schemaPath:"#/properties/PORT/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.LOG_LEVEL !== undefined){
let data1 = data.LOG_LEVEL;
if(!((((data1 === "debug") || (data1 === "info")) || (data1 === "warn")) || (data1 === "error"))){
const err5 = {instancePath:instancePath+"/LOG_LEVEL",schemaPath:"#/properties/LOG_LEVEL/enum",keyword:"enum",params:{allowedValues: schema11.properties.LOG_LEVEL.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.WEBHOOK_TOKEN !== undefined){
let data2 = data.WEBHOOK_TOKEN;
if(typeof data2 === "string"){
if(!pattern0.test(data2)){
const err6 = {instancePath:instancePath+"/WEBHOOK_TOKEN",schemaPath:"#/properties/WEBHOOK_TOKEN/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_-]{16,128}(,[A-Za-z0-9_-]{16,128}){0,3}$"},message:"must match pattern \""+"^[A-Za-z0-9_-]{16,128}(,[A-Za-z0-9_-]{16,128}){0,3}$"+"\""};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/WEBHOOK_TOKEN",schemaPath:"#/properties/WEBHOOK_TOKEN/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.WEBHOOK_TOKEN_FILE !== undefined){
let data3 = data.WEBHOOK_TOKEN_FILE;
if(typeof data3 === "string"){
if(data3.length < 1){
const err8 = {instancePath:instancePath+"/WEBHOOK_TOKEN_FILE",schemaPath:"#/properties/WEBHOOK_TOKEN_FILE/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/WEBHOOK_TOKEN_FILE",schemaPath:"#/properties/WEBHOOK_TOKEN_FILE/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.TLS_CERT_DIR !== undefined){
let data4 = data.TLS_CERT_DIR;
if(typeof data4 === "string"){
if(data4.length < 1){
const err10 = {instancePath:instancePath+"/TLS_CERT_DIR",schemaPath:"#/properties/TLS_CERT_DIR/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/TLS_CERT_DIR",schemaPath:"#/properties/TLS_CERT_DIR/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}
